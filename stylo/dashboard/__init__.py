"""The dashboard: what people see. One page a file, small components, cached loaders."""
