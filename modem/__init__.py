"""The module on its port: AT engine, bring-up, a simulated module, and the radio as a frame pipe.

    port.py, host.py       byte pipes: a real device, TCP; the simulated module's PTY and TCP
    engine.py              bytes to events, without input or output
    modem.py, bringup.py   one command at a time; from an open port to a data session
    radio.py, udp.py       frames: one DSMP unit in, one out

Nothing here knows V2X messages.  Import from the modules; this package imports nothing by itself.
"""
