"""Other ways of forecasting a family, to hold the experts against."""
