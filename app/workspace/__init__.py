"""What does somebody ask of their data, and how is it answered?"""
