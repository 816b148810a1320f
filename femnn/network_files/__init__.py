"""Networks in files: TOML specifications, meshes, tables and drawings; readers and writers side by side."""
