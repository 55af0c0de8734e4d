@echo off
rem Starts Fovea (@MODULE@) from wherever its folder lies, for terminals and scripts.
setlocal
rem Another Python's settings, which this one does not read, must not reach what it starts.
set PYTHONHOME=
set PYTHONPATH=
rem Nor must another Qt's plugins be loaded into this one.
set QT_PLUGIN_PATH=
set QT_QPA_PLATFORM_PLUGIN_PATH=
"%~dp0..\runtime\python.exe" -m @MODULE@ %*
exit /b %ERRORLEVEL%
