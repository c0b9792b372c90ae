"""Words that findings are told in: advice for the library and the Python at hand, calls as they are written."""
