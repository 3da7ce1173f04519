"""What follows from what is known, without anything stored or asked?"""
