"""Where does a user keep a portfolio, and see how it does? Each module is loaded when one of its paths is asked for."""
