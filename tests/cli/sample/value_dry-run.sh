# --dry-run says what would be done, and does nothing.
succeeds_silently sample --dry-run --cfg 1 -o never.safetensors >plan.txt
has_text "solver       heun" plan.txt
has_text "sigmas       80 57.58" plan.txt
has_text " 0.002 0" plan.txt
has_text "evaluations  35 of the network for an image" plan.txt
[[ ! -e never.safetensors ]] || give_up "no output of a dry run"

succeeds_silently sample --dry-run --solver ipndm --sigmas 80,10.984,3.881,1.584,.567,.170,.002,0 --cfg 2 >plan.txt
has_text "sigmas       80 10.984 3.881 1.584 0.567 0.17 0.002 0" plan.txt
has_text "evaluations  14 of the network for an image (7 with and 7 without its class)" plan.txt
