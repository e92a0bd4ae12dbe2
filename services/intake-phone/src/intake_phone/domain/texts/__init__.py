"""Texts: SMS and WhatsApp, what they say and whether somebody wants none any more."""
