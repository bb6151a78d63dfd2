"""Twilio Voice: webhooks in, TwiML and REST requests out."""
