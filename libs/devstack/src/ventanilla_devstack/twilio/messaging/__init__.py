"""Texts: SMS and WhatsApp, both ways, and opting out."""
