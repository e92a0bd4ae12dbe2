"""Whoever is on call is texted, then rung, until somebody has the page."""
