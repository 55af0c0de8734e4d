; Stands in for CPython's programs in the trial of the installer (trial.py): tells in a file how and
; where it was started, and with --stay runs for a while.
; For x64, as what it stands in for. Debian's NSIS knows this target.
Target amd64-unicode
!include FileFunc.nsh
!include LogicLib.nsh
Name "stand-in"
OutFile "@OUT@"
SilentInstall silent
RequestExecutionLevel user
VIProductVersion "3.11.9150.1013"
VIAddVersionKey "ProductName" "stand-in"
VIAddVersionKey "FileVersion" "3.11.9"
VIAddVersionKey "FileDescription" "stand-in"
VIAddVersionKey "LegalCopyright" "none"

Section
  System::Call 'kernel32::GetCurrentDirectory(i 1024, t.r1)'
  ReadEnvStr $2 PYTHONHOME
  ReadEnvStr $3 QT_PLUGIN_PATH
  ReadEnvStr $4 QT_QPA_PLATFORM_PLUGIN_PATH
  FileOpen $0 "$TEMP\standin.txt" w
  FileWrite $0 "$CMDLINE$\r$\n$1$\r$\n$2$3$4$\r$\n"
  FileClose $0
  ${GetParameters} $3
  ${GetOptions} $3 "--stay" $4
  ${IfNot} ${Errors}
    Sleep 20000
  ${EndIf}
SectionEnd
