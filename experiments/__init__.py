"""What happened: data sets, their preparation, experiments, and the records that they leave."""
