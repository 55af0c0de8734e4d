"""The rules, by what they are about; every module is imported, none is listed anywhere."""
