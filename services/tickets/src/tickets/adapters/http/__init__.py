"""The REST API of the desk: bytes in, bytes out. What happens lies in the handlers."""
