# bash completion of batuta; made by batuta completion bash
_batuta()
{
    local word=${COMP_WORDS[COMP_CWORD]} noun=${COMP_WORDS[1]} words= all
    if [ "$COMP_CWORD" = 1 ]; then
        words=' order approval partner price discount account unit user rule product seller node offer assortment stock import replay send up down status topics limits contract dlq backup restore rebuild completion help'
    elif [[ $word == -* ]]; then
    case "$noun ${COMP_WORDS[2]}" in
    'order submit') words='--wait --dry-run --unchecked' ;;
    'order list') words='--account --state --partner --purchase_order --reference --older-than --limit' ;;
    'order watch') words='--account --seconds' ;;
    'order cancel') words='--reason' ;;
    'approval list') words='--account --approver --state' ;;
    'approval approve') words='--comment --hash' ;;
    'approval reject') words='--comment --hash' ;;
    'partner orders') words='--state' ;;
    'partner accept') words='--sub' ;;
    'partner reject') words='--sub --line --reason' ;;
    'partner ship') words='--sub --line --carrier --tracking' ;;
    'partner deliver') words='--sub --line' ;;
    'price set') words='--unit --min-quantity --remove --level --account --currency' ;;
    'price create') words='--level --account --channel --currency --priority --policy --from --until --rounding-point --rounding --decimals --status' ;;
    'discount create') words='--kind --percent --base --threshold --currency --account --skus --families --priority --from --until --status' ;;
    'discount set') words='--kind --percent --base --threshold --currency --account --skus --families --priority --from --until --status' ;;
    'account create') words='--name --currency --limit --tolerance --unlimited --terms --status' ;;
    'account set') words='--name --currency --limit --tolerance --unlimited --terms --status' ;;
    'account pay') words='--reference' ;;
    'unit create') words='--name --parent --status' ;;
    'user create') words='--name --unit --roles --status' ;;
    'user set') words='--name --unit --roles --status' ;;
    'rule create') words='--over --tier --unit --expire-seconds --status' ;;
    'product create') words='--name --unit --family --category --gtin --status' ;;
    'product set') words='--name --unit --family --category --gtin --status' ;;
    'product list') words='--limit' ;;
    'seller create') words='--name --owner --status' ;;
    'seller set') words='--name --owner --status' ;;
    'seller list') words='--limit' ;;
    'node create') words='--name --seller --priority --status' ;;
    'node set') words='--name --seller --priority --status' ;;
    'node list') words='--limit' ;;
    'offer create') words='--priority --status' ;;
    'offer set') words='--priority --status' ;;
    'offer list') words='--limit' ;;
    'assortment create') words='--effect --account --skus --families --status' ;;
    'assortment set') words='--effect --account --skus --families --status' ;;
    'assortment list') words='--limit' ;;
    'stock set') words='--unit --backorder' ;;
    'stock receive') words='--unit --backorder' ;;
    'stock list') words='--node --sku' ;;
    'import') words='--map --check --again' ;;
    'replay') words='--map --run --limit' ;;
    'send') words='--verbose' ;;
    'up') words='--no-services --broker' ;;
    'down') words='--kill' ;;
    'topics apply') words='--partner --partitions --replication' ;;
    'topics acls') words='--partner --system' ;;
    'contract check') words='--type' ;;
    'dlq redrive') words='--order' ;;
    'dlq discard') words='--order' ;;
    'backup') words='--user' ;;
    'restore') words='--user --yes' ;;
    'rebuild topics') words='--yes --lost --partner --replication' ;;
    'help') words='--man' ;;
    esac
    all='--json --stack-env --brokers --http --key-file --principal --key --timeout --no-wait --help'
    elif [ "$COMP_CWORD" = 2 ]; then
    case $noun in
    order) words='submit list show watch cancel' ;;
    approval) words='list approve reject' ;;
    partner) words='orders accept reject ship deliver' ;;
    price) words='explain set create list show' ;;
    discount) words='create set list' ;;
    account) words='create set show list pay' ;;
    unit) words='create' ;;
    user) words='create set list' ;;
    rule) words='create' ;;
    product) words='create set show list' ;;
    seller) words='create set show list' ;;
    node) words='create set show list' ;;
    offer) words='create set show list' ;;
    assortment) words='create set show list' ;;
    stock) words='set receive list' ;;
    topics) words='apply list acls' ;;
    contract) words='write check' ;;
    dlq) words='list show redrive discard' ;;
    rebuild) words='topics' ;;
    completion) words='bash' ;;
    esac
    fi
    if [ -z "$words$all" ]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words $all" -- "$word")
}
complete -F _batuta batuta
