"""The phone channel: calls, voicemail, SMS and WhatsApp become tickets, and answers go the same way back."""
