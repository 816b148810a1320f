"""What a run leaves behind: tables, data sets, figures, the report."""
