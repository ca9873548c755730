"""The commands of the six scripts: options, one call into the package, one report."""
