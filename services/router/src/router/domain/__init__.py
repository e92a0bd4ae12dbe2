"""The rules of routing: values in, values out. No clock, environment, logging or I/O."""
