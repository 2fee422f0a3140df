/** The script with which PowerShell asks a command what can come next. */
export function powershellScript(name: string): string {
  return `# Completion of ${name} for PowerShell

Register-ArgumentCompleter -Native -CommandName '${name}' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program = $commandAst.GetCommandName()
    $words = @($commandAst.CommandElements |
        Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    # Where nothing comes back, as for paths, PowerShell offers files.
    & $program complete "--current=$wordToComplete" '--' @words 2>$null |
        Where-Object { -not $_.StartsWith(':') } |
        ForEach-Object {
            $value, $description = $_ -split "\`t", 2
            $text = if ($value.Contains('*')) { "'$value'" } else { $value }
            [System.Management.Automation.CompletionResult]::new(
                $text, $value, 'ParameterValue', $description)
        }
}
`;
}
