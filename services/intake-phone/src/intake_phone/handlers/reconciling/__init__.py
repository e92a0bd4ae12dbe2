"""What Twilio knows and we were not told."""
