"""A whole Ventanilla on one machine, for `make run` and for the tests: real NATS and real Postgres from wheels.

Never part of an image. It starts, watches and stops processes; what the desk does is the services' matter.
"""
