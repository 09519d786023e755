"""What the channels share whose messages come and go through a platform's API."""
