function _tokenlap_at
    set -l words (commandline -opc)
    if test (string replace -r '.*/' '' -- $words[1]) = npx
        test "$words[2]" = tokenlap; or return 1
        set -e words[1]
    end
    set -e words[1]
    set -l at ""
    for word in $words
        set -l longer (string trim -- "$at $word")
        contains -- "$longer" $_tokenlap_paths; or break
        set at $longer
    end
    test "$at" = "$argv[1]"
end
function _tokenlap_list
    set -l before (string match -r '^.*,' -- (commandline -ct))
    for word in $argv
        echo "$before$word"
    end
end
