"""How raw data files are written: their grammars, read strictly in bounded memory."""
