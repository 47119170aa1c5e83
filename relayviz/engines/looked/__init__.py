"""What engines have in common that only look at channels of others, again and again."""
