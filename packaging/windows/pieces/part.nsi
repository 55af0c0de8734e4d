; A part of Fovea @VERSION@: unpacks itself, unseen, into the folder that setup.exe names with /D=.
Target @TARGET@
Name "Fovea"
OutFile "@OUT@"
SilentInstall silent
RequestExecutionLevel user
ManifestSupportedOS Win10
ManifestLongPathAware true
CRCCheck force
SetCompressor @COMPRESSOR@
SetOverwrite on
SetDateSave on
@FINALIZE@

Function .onInit
  StrCmp $INSTDIR "" 0 +3
    SetErrorLevel 1
    Quit
FunctionEnd

Section
  ClearErrors
@FILES@
  IfErrors 0 +2
    SetErrorLevel 1
SectionEnd
