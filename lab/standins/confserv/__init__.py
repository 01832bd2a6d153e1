"""Configuration Server: the pair of masters that alone may write the Configuration Database."""
