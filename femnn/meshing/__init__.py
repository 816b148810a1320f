"""From names and files to networks, and from networks to meshes."""
