; Installs Fovea @VERSION@ for the user who runs it: without an administrator, without network.
; The program lies beside this file in parts, since one NSIS program holds 2 GB at most.
;
; $INSTDIR\.fovea         says that the folder is Fovea's
; $INSTDIR\program        the program; FILES in it lists all that was installed
; $INSTDIR\tree-NUMBER    a program that is being unpacked; FILES comes first
; $INSTDIR\old-NUMBER     the program before this one, until it is removed; whole while it has FILES
;   ...\FILES-GOING       FILES, once the removal of what it lists has begun
; $INSTDIR\uninstall.exe
Target @TARGET@
!include MUI2.nsh
!include LogicLib.nsh
!include WinVer.nsh
!include x64.nsh
!include Win\COM.nsh
!include Win\Propkey.nsh

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Fovea"
!define RUN_ONCE_KEY "Software\Microsoft\Windows\CurrentVersion\RunOnce"
!define CLASSES "Software\Classes"
!define PROGID "Fovea.Project"
!define APP_ID "Fovea.Fovea"
!define FAILED 1
!define RUNNING 3
!define /ifndef ERROR_ALREADY_EXISTS 183
!define /ifndef GWL_STYLE -16
!define /ifndef PBS_MARQUEE 8
!define /ifndef SHCNE_ASSOCCHANGED 0x08000000

Name "Fovea"
OutFile "@OUT@"
InstallDir "$LOCALAPPDATA\Programs\Fovea"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"
RequestExecutionLevel user
ManifestDPIAware true
ManifestSupportedOS Win10
ManifestLongPathAware true
CRCCheck force
SetCompressor /SOLID lzma
BrandingText "Fovea @VERSION@"
SetDateSave off
@FINALIZE@
ShowInstDetails nevershow
ShowUninstDetails nevershow
VIProductVersion "@NUMBERS@"
VIAddVersionKey "ProductName" "Fovea"
VIAddVersionKey "ProductVersion" "@VERSION@"
VIAddVersionKey "FileVersion" "@VERSION@"
VIAddVersionKey "FileDescription" "Fovea's installer"
VIAddVersionKey "LegalCopyright" "Fovea contributors"

!define MUI_ICON "@ICON@"
!define MUI_UNICON "@ICON@"
!define MUI_WELCOMEFINISHPAGE_BITMAP "@PICTURE@"
!define MUI_WELCOMEPAGE_TITLE "Install Fovea @VERSION@"
!define MUI_WELCOMEPAGE_TEXT "Fovea trains image classifiers, without code and without network.$\r$\n$\r$\n\
It is installed for you alone; no administrator is needed. It takes @MEGABYTES@ MB in$\r$\n\
$INSTDIR$\r$\n$\r$\n\
A Fovea that is there already is replaced. Your projects and settings stay as they are.$\r$\n$\r$\n\
Click Install to begin."
!define MUI_FINISHPAGE_TITLE "Fovea is installed"
!define MUI_FINISHPAGE_TEXT "You find it in the Start menu. Projects (.fovea) open with a double click.$\r$\n$\r$\n\
To remove it: Settings, Apps."
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_TEXT "Start Fovea"
!define MUI_FINISHPAGE_RUN_FUNCTION Start
!define MUI_UNCONFIRMPAGE_TEXT_TOP "Fovea will be removed from this computer. Your projects and settings stay."

!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Var Log
Var Tree
Var Old

; Ends this program at a moment that the trial chose (packaging/windows/trial.py); else nothing.
!macro Moment name
  !ifdef DIES_AT
    !if "${DIES_AT}" == "${name}"
      System::Call 'kernel32::TerminateProcess(p -1, i 9)'
    !endif
  !endif
!macroend

!macro Refuse text code
  Push "${text}"
  Push ${code}
  Call ${UN}Refuse
!macroend

; ---------------------------------------------------------------- what setup and removal share

!macro Shared
Function ${UN}Note
  Exch $0
  ${If} $Log != ""
    FileWrite $Log "$0$\r$\n"
  ${EndIf}
  Pop $0
FunctionEnd

; Why and how it ends badly, to people, and to %TEMP%\fovea-setup.txt.
Function ${UN}Refuse
  Pop $1
  Pop $0
  Push $0
  Call ${UN}Note
  MessageBox MB_OK|MB_ICONSTOP "$0" /SD IDOK
  SetErrorLevel $1
  Quit
FunctionEnd

Function ${UN}Begin
  SetRegView 64
  SetShellVarContext current
  InitPluginsDir
  SetOutPath "$TEMP"
  StrCpy $0 "$INSTDIR" 1 -1
  ${If} $0 == "\"
    StrCpy $INSTDIR "$INSTDIR" -1
  ${EndIf}
  ClearErrors
  FileOpen $Log "$TEMP\fovea-setup.txt" w
  ${If} ${Errors}
    StrCpy $Log ""
  ${EndIf}
  System::Call 'kernel32::CreateMutex(p 0, i 0, t "FoveaSetup") p.r0 ?e'
  Pop $0
  ${If} $0 = ${ERROR_ALREADY_EXISTS}
    !insertmacro Refuse "Fovea is being installed or removed just now. Wait until that is done." ${FAILED}
  ${EndIf}
FunctionEnd

; In $0: 1 when a process runs from the program. Windows lets nobody write to what is running.
Function ${UN}IsRunning
  StrCpy $0 0
  ClearErrors
  ${If} ${FileExists} "$INSTDIR\program\runtime\python.exe"
    FileOpen $1 "$INSTDIR\program\runtime\python.exe" a
    FileClose $1
  ${EndIf}
  ${If} ${FileExists} "$INSTDIR\program\runtime\pythonw.exe"
    FileOpen $1 "$INSTDIR\program\runtime\pythonw.exe" a
    FileClose $1
  ${EndIf}
  ${If} ${Errors}
    StrCpy $0 1
  ${EndIf}
FunctionEnd

; Waits until Fovea is closed; $0 is 1 when the person gave up, or is not there to ask.
Function ${UN}WaitForClose
  again:
  Call ${UN}IsRunning
  ${If} $0 = 1
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "Fovea is running. Close it (a training can be stopped and resumed later), then go on." /SD IDCANCEL IDRETRY again
    StrCpy $0 1
  ${EndIf}
FunctionEnd

; Renames the folder $0 to $1; sets the error flag when it cannot. A virus scanner may hold new files
; for a moment, and nobody who is asked to close Fovea can help that, so it is tried for a while.
Function ${UN}Move
  Push $2
  StrCpy $2 0
  ${Do}
    ClearErrors
    Rename "$0" "$1"
    ${IfNot} ${Errors}
      ${ExitDo}
    ${EndIf}
    SetErrors
    ${If} $2 >= 20
      ${ExitDo}
    ${EndIf}
    IntOp $2 $2 + 1
    Sleep 500
  ${Loop}
  Pop $2
FunctionEnd

; Sets Tree and Old: two folders with one number that are not there yet.
Function ${UN}PickNames
  System::Call 'kernel32::GetCurrentProcessId() i.r0'
  ${Do}
    StrCpy $Tree "$INSTDIR\tree-$0"
    StrCpy $Old "$INSTDIR\old-$0"
    ${IfNot} ${FileExists} "$Tree"
    ${AndIfNot} ${FileExists} "$Old"
      ${ExitDo}
    ${EndIf}
    IntOp $0 $0 + 1
  ${Loop}
FunctionEnd

; Removes what FILES in the folder $0 lists, then the folders that this empties. What others put
; there stays. FILES gets another name first, so that what was begun is never taken for a whole
; program, and goes last, so that a removal that was cut short can be repeated.
Function ${UN}RemoveTree
  ${If} $0 == ""
    Return
  ${EndIf}
  Push $1
  Push $2
  Push $3
  Push $4
  StrCpy $4 0
  ${If} ${FileExists} "$0\FILES"
    Delete "$0\FILES-GOING"
    Push $0
    StrCpy $1 "$0\FILES-GOING"
    StrCpy $0 "$0\FILES"
    Call ${UN}Move
    Pop $0
  ${EndIf}
  ${IfNot} ${FileExists} "$0\FILES"
  ${AndIf} ${FileExists} "$0\FILES-GOING"
    FileOpen $1 "$0\FILES-GOING" r
    ${Do}
      ClearErrors
      FileRead $1 $2
      ${If} ${Errors}
        ${ExitDo}
      ${EndIf}
      StrCpy $3 $2 2
      StrCpy $2 $2 -2 2
      ${If} $3 == "f "
        ClearErrors
        Delete "$0\$2"
        ${If} ${Errors}
          StrCpy $4 1
        ${EndIf}
        !insertmacro Moment "while the old program goes"
      ${ElseIf} $2 != ""
        RMDir "$0\$2"
      ${EndIf}
    ${Loop}
    FileClose $1
    ${If} $4 = 0
      Delete "$0\FILES-GOING"
    ${EndIf}
  ${EndIf}
  RMDir "$0"
  Pop $4
  Pop $3
  Pop $2
  Pop $1
FunctionEnd

; An installer that died between its two renamings left no program: the old one comes back. Not
; every old folder is one: what somebody put into a program is left in its folder when that goes.
Function ${UN}BringBack
  RMDir "$INSTDIR\program"
  FindFirst $8 $7 "$INSTDIR\old-*"
  ${DoWhile} $7 != ""
    ${If} ${FileExists} "$INSTDIR\program\FILES"
      ${ExitDo}
    ${EndIf}
    ${If} ${FileExists} "$INSTDIR\$7\FILES"
      StrCpy $0 "$INSTDIR\$7"
      StrCpy $1 "$INSTDIR\program"
      Call ${UN}Move
    ${EndIf}
    FindNext $8 $7
  ${Loop}
  FindClose $8
FunctionEnd

; In $0: 1 when the only program is an old one that could not be brought back.
Function ${UN}IsAside
  StrCpy $0 0
  ${IfNot} ${FileExists} "$INSTDIR\program\FILES"
    FindFirst $8 $7 "$INSTDIR\old-*"
    ${DoWhile} $7 != ""
      ${If} ${FileExists} "$INSTDIR\$7\FILES"
        StrCpy $0 1
      ${EndIf}
      FindNext $8 $7
    ${Loop}
    FindClose $8
  ${EndIf}
FunctionEnd

; Windows need not bring anything back, unless the only program is still aside.
Function ${UN}Forget
  Call ${UN}IsAside
  ${If} $0 = 0
    DeleteRegValue HKCU "${RUN_ONCE_KEY}" "Fovea"
  ${EndIf}
FunctionEnd

; What a killed installer left: the old program comes back, then all goes that has a list of ours,
; but never the only program.
Function ${UN}Sweep
  Call ${UN}BringBack
  FindFirst $8 $7 "$INSTDIR\tree-*"
  ${DoWhile} $7 != ""
    StrCpy $0 "$INSTDIR\$7"
    Call ${UN}RemoveTree
    FindNext $8 $7
  ${Loop}
  FindClose $8
  FindFirst $8 $7 "$INSTDIR\old-*"
  ${DoWhile} $7 != ""
    ${If} ${FileExists} "$INSTDIR\program\FILES"
    ${OrIfNot} ${FileExists} "$INSTDIR\$7\FILES"
      StrCpy $0 "$INSTDIR\$7"
      Call ${UN}RemoveTree
    ${EndIf}
    FindNext $8 $7
  ${Loop}
  FindClose $8
  Call ${UN}Forget
FunctionEnd
!macroend

!define UN ""
!insertmacro Shared
!undef UN
!define UN "un."
!insertmacro Shared
!undef UN
!define UN ""

; ------------------------------------------------------------------------------ before anything

!macro CheckPart name size
  ${IfNot} ${FileExists} "$EXEDIR\${name}"
    !insertmacro Refuse "Fovea was not installed: the file ${name} is missing. Copy it into the folder of $EXEFILE, and start again." ${FAILED}
  ${EndIf}
  ClearErrors
  FileOpen $0 "$EXEDIR\${name}" r
  FileSeek $0 0 END $1
  FileClose $0
  ${If} ${Errors}
  ${OrIf} $1 <> ${size}
    !insertmacro Refuse "Fovea was not installed: the file ${name} is not complete. Copy or download it again." ${FAILED}
  ${EndIf}
!macroend

Function .onInit
  Call Begin
  ${IfNot} ${AtLeastWin10}
  ${OrIfNot} ${AtLeastBuild} 17763
    !insertmacro Refuse "Fovea was not installed: it needs Windows 10, version 1809, or newer." ${FAILED}
  ${EndIf}
  ${IfNot} ${IsNativeAMD64}
    !insertmacro Refuse "Fovea was not installed: it is made for 64-bit x86 processors (x64), and this computer has another." ${FAILED}
  ${EndIf}
@CHECKS@
  Call CheckPlace
  Call CheckSpace
  Call WaitForClose
  ${If} $0 = 1
    !insertmacro Refuse "Fovea was not installed: it is running. Close it, and start again." ${RUNNING}
  ${EndIf}
FunctionEnd

Function CheckPlace
  StrLen $0 $INSTDIR
  IntOp $0 $0 + @ROOM@
  IntOp $0 $0 + @DEEPEST@
  ${If} $0 > 259
    !insertmacro Refuse "Fovea was not installed: the name of the folder is too long for the files in it: $INSTDIR" ${FAILED}
  ${EndIf}
  ${If} ${FileExists} "$INSTDIR\*.*"
  ${AndIfNot} ${FileExists} "$INSTDIR\.fovea"
    FindFirst $0 $1 "$INSTDIR\*"
    ${DoWhile} $1 != ""
      ${If} $1 != "."
      ${AndIf} $1 != ".."
        !insertmacro Refuse "Fovea was not installed: the folder $INSTDIR holds other things." ${FAILED}
      ${EndIf}
      FindNext $0 $1
    ${Loop}
    FindClose $0
  ${EndIf}
FunctionEnd

; Asked of the nearest folder that is there.
Function CheckSpace
  StrCpy $0 "$INSTDIR"
  ${DoUntil} ${FileExists} "$0\*.*"
    Push $0
    Call Parent
    Pop $1
    ${If} $1 == $0
      ${ExitDo}
    ${EndIf}
    StrCpy $0 $1
  ${Loop}
  System::Call 'kernel32::GetDiskFreeSpaceEx(t "$0\", *l.r1, p 0, p 0) i.r2'
  ${If} $2 <> 0
    System::Int64Op $1 / 1048576
    Pop $1
    ${If} $1 < @MEGABYTES@
      !insertmacro Refuse "Fovea was not installed: it needs @MEGABYTES@ MB in $INSTDIR, where $1 MB are free." ${FAILED}
    ${EndIf}
  ${EndIf}
FunctionEnd

; The folder around the one on the stack; a drive is its own.
Function Parent
  Exch $0
  Push $1
  Push $2
  StrLen $1 $0
  ${DoWhile} $1 > 0
    IntOp $1 $1 - 1
    StrCpy $2 $0 1 $1
    ${If} $2 == "\"
      StrCpy $0 $0 $1
      ${ExitDo}
    ${EndIf}
  ${Loop}
  Pop $2
  Pop $1
  Exch $0
FunctionEnd

; ---------------------------------------------------------------------------------- installation

; A part checks itself (NSIS's own CRC of its whole file) before it writes.
!macro Unpack name title
  DetailPrint "Unpacking ${title} ..."
  SetDetailsPrint none
  StrCpy $0 '"$EXEDIR\${name}" /S /D=$Tree'
  Call RunPart
  ${If} $1 != 0
    Push "${name}: $1"
    Call Note
    Call Withdraw
    !insertmacro Refuse "Fovea was not installed: the file ${name} is damaged, or could not be unpacked. Copy or download it again." ${FAILED}
  ${EndIf}
  SetDetailsPrint both
  !insertmacro Moment "after a part"
!macroend

; Runs the command $0 to its end; $1 is its exit code. As in Move, a virus scanner may hold the file.
Function RunPart
  Push $2
  StrCpy $2 0
  ${Do}
    ClearErrors
    ExecWait $0 $1
    ${IfNot} ${Errors}
      ${ExitDo}
    ${EndIf}
    StrCpy $1 "it does not start"
    Push "$0: $1"
    Call Note
    ${If} $2 >= 10
      ${ExitDo}
    ${EndIf}
    IntOp $2 $2 + 1
    Sleep 500
  ${Loop}
  Pop $2
FunctionEnd

; Takes back what this installation wrote, before it changed anything. The folder stays Fovea's as
; long as a program is there, or something of this one that could not go and that the next sweeps.
Function Withdraw
  SetOutPath "$TEMP"
  StrCpy $0 "$Tree"
  Call RemoveTree
  Call IsAside
  ${If} $0 = 0
  ${AndIfNot} ${FileExists} "$INSTDIR\program\FILES"
  ${AndIfNot} ${FileExists} "$Tree\*.*"
    Delete "$INSTDIR\.fovea"
    RMDir "$INSTDIR"
    RMDir "$LOCALAPPDATA\Programs"
  ${EndIf}
FunctionEnd

Function Mark
  ClearErrors
  CreateDirectory "$INSTDIR"
  FileOpen $0 "$INSTDIR\.fovea" w
  FileClose $0
  ${If} ${Errors}
    !insertmacro Refuse "Fovea was not installed: the folder $INSTDIR cannot be written to." ${FAILED}
  ${EndIf}
FunctionEnd

; A bar that moves while a part unpacks itself.
Function ShowWork
  ${IfNot} ${Silent}
    FindWindow $0 "#32770" "" $HWNDPARENT
    GetDlgItem $0 $0 1004
    System::Call 'user32::GetWindowLong(p r0, i ${GWL_STYLE}) i.r1'
    IntOp $1 $1 | ${PBS_MARQUEE}
    System::Call 'user32::SetWindowLong(p r0, i ${GWL_STYLE}, i r1)'
    SendMessage $0 ${PBM_SETMARQUEE} 1 40
  ${EndIf}
FunctionEnd

Section
  Call ShowWork
  Call Mark
  Call Sweep
  Call PickNames
  SetOutPath "$Tree"
  File "@MANIFEST@"
  SetOutPath "$TEMP"
  !insertmacro Moment "before the parts"
@UNPACKS@
  DetailPrint "Putting it in place ..."
  Call Change
  Call Register
  !insertmacro Moment "before the old program goes"
  Call Sweep
  Push "Fovea @VERSION@ is installed in $INSTDIR"
  Call Note
  SetErrorLevel 0
SectionEnd

; The old program goes aside, the new one takes its place. Between these two renamings there is
; none; whoever kills us there finds the old one again at the next start of Windows, or of setup.
Function Change
  Call WaitForClose
  ${If} $0 = 1
    Call Withdraw
    !insertmacro Refuse "Fovea was not installed: it is running. Close it, and start again." ${RUNNING}
  ${EndIf}
  ${If} ${FileExists} "$INSTDIR\program\*.*"
    ${If} ${FileExists} "$INSTDIR\program\FILES"
      WriteRegStr HKCU "${RUN_ONCE_KEY}" "Fovea" 'cmd.exe /d /c if not exist "$INSTDIR\program" move "$Old" "$INSTDIR\program"'
    ${EndIf}
    StrCpy $0 "$INSTDIR\program"
    StrCpy $1 "$Old"
    Call Move
    ${If} ${Errors}
      Call Forget
      Call Withdraw
      !insertmacro Refuse "Fovea was not installed: Fovea, or another program, uses the folder $INSTDIR\program. Close it, and start again." ${RUNNING}
    ${EndIf}
  ${EndIf}
  !insertmacro Moment "between the renamings"
  StrCpy $0 "$Tree"
  StrCpy $1 "$INSTDIR\program"
  Call Move
  ${If} ${Errors}
    Call PutBack
    Call Forget
    Call Withdraw
    Call IsAside
    ${If} $0 = 1
      !insertmacro Refuse "Fovea was not installed: another program uses the new files, and those of the Fovea that was there. Sign in to Windows again, or start this again: that brings it back." ${FAILED}
    ${EndIf}
    !insertmacro Refuse "Fovea was not installed: another program uses the new files. Start again." ${FAILED}
  ${EndIf}
  Call Forget
  !insertmacro Moment "after the renamings"
FunctionEnd

; What went aside, be it a program or what others had put there, takes its place again.
Function PutBack
  ${If} ${FileExists} "$Old\*.*"
    StrCpy $0 "$Old"
    StrCpy $1 "$INSTDIR\program"
    Call Move
  ${EndIf}
FunctionEnd

Function Register
  WriteUninstaller "$INSTDIR\uninstall-new.exe"
  Delete "$INSTDIR\uninstall.exe"
  Rename "$INSTDIR\uninstall-new.exe" "$INSTDIR\uninstall.exe"

  SetOutPath "$PROFILE"
  CreateShortcut "$SMPROGRAMS\Fovea.lnk" "$INSTDIR\program\runtime\pythonw.exe" "-m gui.app" \
    "$INSTDIR\program\fovea.ico" 0 SW_SHOWNORMAL "" "Train, understand and improve image classifiers"
  SetOutPath "$TEMP"
  Call NameShortcut

  WriteRegStr HKCU "${CLASSES}\.fovea" "" "${PROGID}"
  WriteRegStr HKCU "${CLASSES}\.fovea\OpenWithProgids" "${PROGID}" ""
  WriteRegStr HKCU "${CLASSES}\${PROGID}" "" "Fovea project"
  WriteRegStr HKCU "${CLASSES}\${PROGID}" "AppUserModelID" "${APP_ID}"
  WriteRegStr HKCU "${CLASSES}\${PROGID}\DefaultIcon" "" "$INSTDIR\program\fovea.ico"
  WriteRegStr HKCU "${CLASSES}\${PROGID}\shell\open\command" "" '"$INSTDIR\program\runtime\pythonw.exe" -m gui.app "%1"'

  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "Fovea"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "@VERSION@"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\program\fovea.ico"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "Fovea contributors"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" @KILOBYTES@
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
  System::Call 'shell32::SHChangeNotify(i ${SHCNE_ASSOCCHANGED}, i 0, p 0, p 0)'
FunctionEnd

; Gives the shortcut the name by which the taskbar knows the window. Without it all works, but for
; a second icon in the taskbar.
Function NameShortcut
  !insertmacro ComHlpr_CreateInProcInstance ${CLSID_ShellLink} ${IID_IShellLink} r0 ""
  ${If} $0 P<> 0
    ${IUnknown::QueryInterface} $0 '("${IID_IPersistFile}",.r1)'
    ${IUnknown::QueryInterface} $0 '("${IID_IPropertyStore}",.r2)'
    ${If} $1 P<> 0
    ${AndIf} $2 P<> 0
      ${IPersistFile::Load} $1 '("$SMPROGRAMS\Fovea.lnk",${STGM_READWRITE})'
      System::Call '*(&w64 "${APP_ID}")p.r5'
      System::Call '*${SYSSTRUCT_PROPERTYKEY}(${PKEY_AppUserModel_ID})p.r3'
      System::Call '*(&i2 31, &i2 0, &i2 0, &i2 0, p r5, p 0)p.r4'
      ${IPropertyStore::SetValue} $2 '($3,$4)'
      ${IPropertyStore::Commit} $2 ""
      ${IPersistFile::Save} $1 '("$SMPROGRAMS\Fovea.lnk",1)'
      System::Free $3
      System::Free $4
      System::Free $5
    ${EndIf}
    ${If} $2 P<> 0
      ${IUnknown::Release} $2 ""
    ${EndIf}
    ${If} $1 P<> 0
      ${IUnknown::Release} $1 ""
    ${EndIf}
    ${IUnknown::Release} $0 ""
  ${EndIf}
FunctionEnd

Function Start
  ExecShell "" "$SMPROGRAMS\Fovea.lnk"
FunctionEnd

; --------------------------------------------------------------------------------------- removal

!undef UN
!define UN "un."

Function un.onInit
  Call un.Begin
  ${IfNot} ${FileExists} "$INSTDIR\.fovea"
    !insertmacro Refuse "There is no Fovea in $INSTDIR to remove." ${FAILED}
  ${EndIf}
  Call un.WaitForClose
  ${If} $0 = 1
    !insertmacro Refuse "Fovea was not removed: it is running. Close it, and start again." ${RUNNING}
  ${EndIf}
FunctionEnd

Section "un.Fovea"
  Call un.Sweep
  Call un.IsAside
  ${If} $0 = 1
    !insertmacro Refuse "Fovea was not removed: another program uses a folder in $INSTDIR. Close it, and start again." ${RUNNING}
  ${EndIf}
  ${If} ${FileExists} "$INSTDIR\program\*.*"
    Call un.PickNames
    StrCpy $0 "$INSTDIR\program"
    StrCpy $1 "$Old"
    Call un.Move
    ${If} ${Errors}
      !insertmacro Refuse "Fovea was not removed: Fovea, or another program, uses the folder $INSTDIR\program. Close it, and start again." ${RUNNING}
    ${EndIf}
  ${EndIf}
  StrCpy $0 "$Old"
  Call un.RemoveTree
  Call un.IsLeft
  ${If} $0 = 1
    !insertmacro Refuse "Fovea was not removed entirely: another program uses files in $INSTDIR. Close it, and start again." ${FAILED}
  ${EndIf}
  Call un.Unregister
  ; What others put into the folder keeps its place.
  ${If} $Old != ""
  ${AndIf} ${FileExists} "$Old\*.*"
    Rename "$Old" "$INSTDIR\program"
  ${EndIf}
  Delete "$INSTDIR\uninstall.exe"
  Delete "$INSTDIR\.fovea"
  RMDir "$INSTDIR"
  RMDir "$LOCALAPPDATA\Programs"
  Push "Fovea is removed from $INSTDIR"
  Call un.Note
  SetErrorLevel 0
SectionEnd

!macro LookFor pattern
  FindFirst $8 $7 "$INSTDIR\${pattern}"
  ${DoWhile} $7 != ""
    ${If} ${FileExists} "$INSTDIR\$7\FILES"
    ${OrIf} ${FileExists} "$INSTDIR\$7\FILES-GOING"
      StrCpy $0 1
    ${EndIf}
    FindNext $8 $7
  ${Loop}
  FindClose $8
!macroend

; In $0: 1 when something of ours could not go.
Function un.IsLeft
  StrCpy $0 0
  !insertmacro LookFor "old-*"
  !insertmacro LookFor "tree-*"
FunctionEnd

; Another Fovea may have been installed elsewhere since: what is its own stays.
Function un.Unregister
  ReadRegStr $0 HKCU "${UNINSTALL_KEY}" "InstallLocation"
  ${If} $0 == $INSTDIR
    Delete "$SMPROGRAMS\Fovea.lnk"
    ReadRegStr $1 HKCU "${CLASSES}\.fovea" ""
    ${If} $1 == "${PROGID}"
      DeleteRegValue HKCU "${CLASSES}\.fovea" ""
    ${EndIf}
    DeleteRegValue HKCU "${CLASSES}\.fovea\OpenWithProgids" "${PROGID}"
    DeleteRegKey /ifempty HKCU "${CLASSES}\.fovea\OpenWithProgids"
    DeleteRegKey /ifempty HKCU "${CLASSES}\.fovea"
    DeleteRegKey HKCU "${CLASSES}\${PROGID}"
    DeleteRegKey HKCU "${UNINSTALL_KEY}"
    System::Call 'shell32::SHChangeNotify(i ${SHCNE_ASSOCCHANGED}, i 0, p 0, p 0)'
  ${EndIf}
FunctionEnd
