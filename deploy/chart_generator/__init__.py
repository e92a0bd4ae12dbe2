"""Writes the parts of the Helm chart that follow from code: `python -m deploy.chart_generator`."""
