"""What every system's packages share: wheels, the program's files, licences, the report."""
