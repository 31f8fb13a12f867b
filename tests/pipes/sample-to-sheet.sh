# Drawn images become a sheet, and the sheet's history names both programs.
options=(-n 6 --steps 2 --solver euler --threads 1)
succeeds_silently sample "${options[@]}" | succeeds_silently image-grid --columns 3 -o sheet.png -
grep -aEq 'program[\":]+sample' sheet.png || give_up "sample in the history"
grep -aEq 'program[\":]+image-grid' sheet.png || give_up "image-grid in the history"
