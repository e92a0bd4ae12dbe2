"""Whether the account at Twilio still works, and who is told if not."""
