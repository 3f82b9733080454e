"""The one engine: every model is trained here."""
