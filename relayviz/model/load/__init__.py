"""What a live channel is put under."""
