"""The Web API under `/api/<method>`: one module for each family of methods, one table of them, one way in."""
