# Drawn images pass through a conversion and become a sheet, whose history names all three programs.
options=(-n 6 --steps 2 --solver euler --threads 1)
succeeds_silently sample "${options[@]}" | succeeds_silently tensor-convert --cast images=float16 |
  succeeds_silently image-grid --columns 3 -o sheet.png -
for program in sample tensor-convert image-grid; do
  grep -aEq "program[\":]+$program" sheet.png || give_up "$program in the history"
done
