"""The parts of the service, put together; `app` puts these together."""
