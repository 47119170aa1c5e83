"""What all views with lanes share: keys, wheel, pointer, zoom, names, columns of pixels."""
