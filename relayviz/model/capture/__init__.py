"""Files that consumers of relay wrote: how their records look, what is missing between them."""
