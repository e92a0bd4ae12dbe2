"""The operator's command line, `ventanilla`: what is done to the broker from outside the services."""
