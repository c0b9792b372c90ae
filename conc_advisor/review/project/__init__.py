"""What all files of a project say together: whose attribute has which type, who calls whom, what runs in which thread."""
