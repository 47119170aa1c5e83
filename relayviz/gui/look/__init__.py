"""How everything looks: colours by meaning, icons, and the terms on screen."""
