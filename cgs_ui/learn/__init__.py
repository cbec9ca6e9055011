"""The pages under Learn: the method in pictures, the glossary."""
