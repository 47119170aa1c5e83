"""Why something is as it is: questions, answers, and the rules behind them."""
