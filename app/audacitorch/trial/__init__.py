"""What a new model is and does, learnt by trying it once on made-up sound."""
