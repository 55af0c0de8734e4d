@echo off
rem Starts Fovea (@MODULE@) from wherever its folder lies, for terminals and scripts.
setlocal
rem Another Python's settings, which this one does not read, must not reach what it starts.
set PYTHONHOME=
set PYTHONPATH=
"%~dp0..\runtime\python.exe" -m @MODULE@ %*
exit /b %ERRORLEVEL%
