"""What mail means: values in, values out."""
